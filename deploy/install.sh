#!/usr/bin/env bash
# Installs Dorsiflex on Raspberry Pi OS, Bookworm or later. Run again, it changes only what is not yet as it should be.
set -Eeuo pipefail
umask 022

usage() {
  cat <<'USAGE'
Install Dorsiflex on a Raspberry Pi (Raspberry Pi OS Bookworm or later), from a checkout or a wheel.

  sudo deploy/install.sh [options]

  --dry-run       print every action, change nothing
  --yes           ask nothing
  --enable        start the service at every boot (it comes up disarmed)
  --wheel FILE    install this wheel instead of the checkout; constraints.txt is taken from beside it if it is there
  --no-packages   leave apt packages, virtual environment and program alone; needs no network
  --no-boot       leave /boot/firmware/config.txt alone
  --uninstall     remove program, service and boot settings; recordings, configuration and user stay
  --root DIR      put every file below DIR and only print the commands that would change the running system
  --help          this text

PYTHON=FILE in the environment names another interpreter than /usr/bin/python3, the one python3-lgpio is built for.
Exit codes: 0 done, 1 something is wrong (one line says what), 2 wrong arguments.
USAGE
}

readonly PYTHON=${PYTHON:-/usr/bin/python3}
readonly PACKAGES=(python3-venv python3-lgpio)
readonly GROUPS_NEEDED=(gpio i2c dialout)
readonly ROOMS=(config controller dorsiflex drivers recording runtime simulator)

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(dirname "$HERE")
ROOT="" WHEEL="" DRY_RUN=no YES=no ENABLE=no WITH_PACKAGES=yes WITH_BOOT=yes UNINSTALL=no
STEP="start" REBOOT=no

# shellcheck source-path=SCRIPTDIR source=helpers.sh
source "$HERE/helpers.sh"
wrong_arguments() { printf 'install.sh: %s: see install.sh --help\n' "$*" >&2; exit 2; }
trap 'die "step \"$STEP\" failed, see above; put it right and run this again, finished steps are kept"' ERR

parse_arguments() {
  while (($#)); do
    case $1 in
      --dry-run) DRY_RUN=yes ;;
      --yes) YES=yes ;;
      --enable) ENABLE=yes ;;
      --no-packages) WITH_PACKAGES=no ;;
      --no-boot) WITH_BOOT=no ;;
      --uninstall) UNINSTALL=yes ;;
      --wheel | --root)
        if (($# < 2)) || [[ $2 == -* ]]; then wrong_arguments "$1 needs a value"; fi
        if [[ $1 == --wheel ]]; then WHEEL=$2; else ROOT=$2; fi
        shift
        ;;
      --help | -h) usage; exit 0 ;;
      *) wrong_arguments "unknown argument $1" ;;
    esac
    shift
  done
  if [[ -n $ROOT ]]; then
    [[ -d $ROOT ]] || die "--root $ROOT: no such directory: make it first"
    ROOT=$(cd "$ROOT" && pwd)
    ROOT=${ROOT%/}
  fi
  if [[ -n $WHEEL ]]; then
    [[ -f $WHEEL && $WHEEL == *.whl ]] || die "--wheel $WHEEL: no such wheel: make one with python3 -m build --wheel"
    WHEEL=$(cd "$(dirname "$WHEEL")" && pwd)/$(basename "$WHEEL")
  fi
  OPT=$ROOT/opt/dorsiflex VENV=$ROOT/opt/dorsiflex/venv STATE=$ROOT/var/lib/dorsiflex
  CONFIG=$ROOT/etc/dorsiflex/dorsiflex.toml BOOT=$ROOT/boot/firmware/config.txt
  UNIT=$ROOT/etc/systemd/system/dorsiflex.service MODULES=$ROOT/etc/modules-load.d/dorsiflex.conf
  RULES=$ROOT/etc/udev/rules.d/70-dorsiflex.rules WATCHDOG=$ROOT/etc/systemd/system.conf.d/dorsiflex-watchdog.conf
  COMMAND=$ROOT/usr/local/bin/dorsiflex
}

check_place() {
  STEP="check"
  [[ -n $ROOT || $DRY_RUN == yes || $EUID -eq 0 ]] || die "needs root: sudo $0"
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    die "$PYTHON is older than 3.11 or missing: use Raspberry Pi OS Bookworm or later"
  [[ $WITH_BOOT == no || $UNINSTALL == yes || -f $BOOT ]] ||
    die "$BOOT: no such file, so this is no Raspberry Pi OS Bookworm or later: --no-boot goes on without it"
  local group
  for group in "${GROUPS_NEEDED[@]}"; do
    [[ -n $ROOT || $UNINSTALL == yes ]] || grep -q "^$group:" /etc/group ||
      die "no group $group: Raspberry Pi OS has it; sudo apt install raspberrypi-sys-mods"
  done
  if [[ -z $ROOT && $DRY_RUN == no && $UNINSTALL == no ]] && systemctl is-active --quiet dorsiflex 2>/dev/null; then
    die "the controller is running: sudo systemctl stop dorsiflex, then run this again"
  fi
}

install_packages() {
  STEP="packages"
  local name missing=()
  for name in "${PACKAGES[@]}"; do
    dpkg-query --admindir="$ROOT/var/lib/dpkg" -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$name")
  done
  if ((${#missing[@]} == 0)); then
    say "unchanged, ${PACKAGES[*]}"
    return
  fi
  system apt-get update
  system apt-get install -y --no-install-recommends "${missing[@]}" ||
    die "apt cannot install ${missing[*]}: check the network and that this is Raspberry Pi OS, then run this again"
}

# What an installation depends on, as one hash: Python, constraints, and the wheel or the sources.
fingerprint() {
  "$PYTHON" -c 'import sys; print(sys.version)'
  sha256sum <"$1"
  if [[ -n $WHEEL ]]; then
    sha256sum <"$WHEEL"
  else
    cd "$CHECKOUT"
    find "${ROOMS[@]}" pyproject.toml -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z |
      xargs -0 sha256sum
  fi
}

install_program() {
  STEP="program"
  local constraints=$CHECKOUT/constraints.txt stamp=$OPT/installed.sha256 project=${WHEEL:-$CHECKOUT} hash version
  [[ -z $WHEEL || ! -f $(dirname "$WHEEL")/constraints.txt ]] || constraints=$(dirname "$WHEEL")/constraints.txt
  [[ -f $constraints ]] || die "$constraints: no such file: it comes with the checkout, put it beside the wheel"
  [[ -n $WHEEL || -f $CHECKOUT/pyproject.toml ]] || die "$CHECKOUT is no checkout: give --wheel FILE"
  hash=$(fingerprint "$constraints" | sha256sum)
  if [[ -x $VENV/bin/dorsiflex && -f $stamp && $(<"$stamp") == "$hash" ]]; then
    say "unchanged, $VENV"
    return
  fi
  say "installing into $VENV, minutes on a small Pi"
  act install -d -m 755 "$OPT"
  act rm -f "$stamp"
  version=$("$PYTHON" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  # System site packages, because lgpio comes from apt: the package index has no wheel of it for Python 3.13.
  [[ -d $VENV/lib/$version/site-packages ]] || act "$PYTHON" -m venv --clear --system-site-packages "$VENV"
  local pip=("$VENV/bin/python" -m pip --disable-pip-version-check install --quiet)
  act "${pip[@]}" -c "$constraints" "${project}[pi]" || die "pip cannot install: check the network, then run this again"
  # pip leaves a wheel of the same version number as it is.
  [[ -z $WHEEL ]] || act "${pip[@]}" --no-deps --force-reinstall "$WHEEL"
  [[ $DRY_RUN == no ]] || return 0
  [[ -n $ROOT ]] ||
    "$VENV/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("lgpio") is None)' ||
    die "lgpio is not in the environment: sudo apt install --reinstall python3-lgpio, then run this again"
  printf '%s\n' "$hash" >"$stamp"
  say "installed, $VENV"
}

link_command() {
  STEP="command"
  local target=/opt/dorsiflex/venv/bin/dorsiflex
  if [[ -L $COMMAND && $(readlink "$COMMAND") == "$target" ]]; then
    say "unchanged, $COMMAND"
  elif [[ -e $COMMAND || -L $COMMAND ]]; then
    die "$COMMAND is there and is not ours: move it away, then run this again"
  else
    act install -d -m 755 "$(dirname "$COMMAND")"
    act ln -s "$target" "$COMMAND"
    did "linked, $COMMAND"
  fi
}

in_group() { awk -F: -v g="$1" '$1 == g { print "," $4 "," }' "$ROOT/etc/group" 2>/dev/null | grep -q ',dorsiflex,'; }

add_user() {
  STEP="user"
  local group missing=()
  if grep -qs '^dorsiflex:' "$ROOT/etc/passwd"; then
    say "unchanged, dorsiflex"
  else
    system useradd --system --user-group --no-create-home --home-dir /var/lib/dorsiflex \
      --shell /usr/sbin/nologin dorsiflex
  fi
  for group in "${GROUPS_NEEDED[@]}"; do in_group "$group" || missing+=("$group"); done
  if ((${#missing[@]} == 0)); then
    say "unchanged, in ${GROUPS_NEEDED[*]}"
  else
    system usermod --append --groups "$(IFS=,; printf '%s' "${missing[*]}")" dorsiflex
  fi
}

make_state_directory() {
  STEP="recordings"
  if [[ -d $STATE ]]; then
    say "unchanged, $STATE"
    return
  fi
  act install -d -m 700 "$STATE"
  system chown dorsiflex:dorsiflex "$STATE"
  did "made, $STATE"
}

put_config() {
  STEP="configuration"
  if [[ -e $CONFIG ]]; then
    say "unchanged, yours is kept, $CONFIG"
    return
  fi
  local profile=$CHECKOUT/config/profiles/pi_trigger.toml
  if [[ -n $WHEEL ]]; then
    profile=$WORK/pi_trigger.toml
    "$PYTHON" -c 'import sys, zipfile as z; sys.stdout.buffer.write(z.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
      "$WHEEL" config/profiles/pi_trigger.toml >"$profile" 2>/dev/null || die "$WHEEL holds no profile pi_trigger.toml"
  fi
  [[ -f $profile ]] || die "$profile: no such file: take a whole checkout"
  put_file "$profile" "$CONFIG"
}

install_service() {
  STEP="service"
  local name
  for name in trigger_low.py README.md wiring.md wiring.svg; do put_file "$HERE/$name" "$OPT/$name"; done
  printf '%s\n' i2c-dev >"$WORK/modules"
  put_file "$WORK/modules" "$MODULES"
  [[ $CHANGED == no ]] || system modprobe i2c-dev || say "i2c-dev is loaded at the next boot"
  put_file "$HERE/70-dorsiflex.rules" "$RULES"
  if [[ $CHANGED == yes ]]; then
    { system udevadm control --reload && system udevadm trigger --sysname-match=cpu_dma_latency; } ||
      say "udev follows the rule at the next boot"
  fi
  put_file "$HERE/hardware_watchdog.conf" "$WATCHDOG"
  [[ $CHANGED == no ]] || say "the hardware watchdog runs from the next boot on"
  put_file "$HERE/dorsiflex.service" "$UNIT"
  reload_systemd "$CHANGED"
  if [[ $ENABLE == no ]]; then
    say "not enabled by this run (--enable does)"
  elif [[ -z $ROOT ]] && systemctl is-enabled --quiet dorsiflex 2>/dev/null; then
    say "unchanged, enabled"
  else
    system systemctl enable dorsiflex.service
  fi
}

install_all() {
  if [[ $WITH_PACKAGES == yes ]]; then
    install_packages
    install_program
  fi
  link_command
  add_user
  make_state_directory
  put_config
  edit_boot add
  install_service
  STEP="done"
  [[ $REBOOT == no ]] || say "reboot before the first run: sudo reboot"
  say "next: edit $CONFIG, then dorsiflex config check $CONFIG; the rest is in $HERE/README.md"
}

uninstall_all() {
  STEP="service"
  if [[ -e $UNIT ]]; then
    if systemd_runs; then system systemctl stop dorsiflex.service; fi
    system systemctl disable dorsiflex.service
    remove_path "$UNIT"
    reload_systemd yes
  else
    say "unchanged, no $UNIT"
  fi
  remove_path "$MODULES"
  remove_path "$RULES"
  remove_path "$WATCHDOG"
  STEP="program"
  [[ ! -L $COMMAND ]] || remove_path "$COMMAND"
  remove_path "$OPT"
  edit_boot remove
  STEP="kept"
  say "recordings in $STATE, configuration in $CONFIG, user dorsiflex"
  say "without them too: sudo rm -r $STATE $(dirname "$CONFIG"); sudo userdel dorsiflex"
}

main() {
  parse_arguments "$@"
  check_place
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  if [[ $UNINSTALL == yes ]]; then uninstall_all; else install_all; fi
}

main "$@"
