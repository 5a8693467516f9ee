# shellcheck shell=bash disable=SC2034,SC2153
# What the steps of install.sh share; ROOT, DRY_RUN, YES, WITH_BOOT, BOOT, WORK, HERE, PYTHON and STEP are set there.

say() { printf '%s\n' "$STEP: $*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# What has been done; silent with --dry-run, where `act` has said what would be.
did() { [[ $DRY_RUN == yes ]] || say "$@"; }

# A command on files; with --dry-run only printed.
act() {
  if [[ $DRY_RUN == yes ]]; then say "would run: $*"; else "$@"; fi
}

# A command that changes the running system; with --root or --dry-run only printed.
system() {
  if [[ $DRY_RUN == yes ]]; then
    say "would run: $*"
  elif [[ -n $ROOT ]]; then
    say "not run below --root: $*"
  else
    say "$*"
    "$@"
  fi
}

# An image that is only being made has no systemd that could be told.
systemd_runs() { [[ -n $ROOT || -d /run/systemd/system ]]; }

# reload_systemd CHANGED: after a unit file has changed, also when that was in a run that failed later.
reload_systemd() {
  systemd_runs || return 0
  local needed=$1
  [[ -n $ROOT || $needed == yes ]] || needed=$(systemctl show --property NeedDaemonReload --value dorsiflex.service)
  [[ $needed != yes ]] || system systemctl daemon-reload
}

ask() {
  [[ $YES == no ]] || return 0
  local answer=""
  printf '%s [y/N] ' "$1"
  read -r answer || true
  [[ -t 0 ]] || printf '\n'
  [[ $answer == [yY]* ]]
}

# put_file SOURCE TARGET: copy through a temporary name, so that no reader sees half a file. Sets CHANGED to yes or no.
put_file() {
  CHANGED=no
  if cmp -s "$1" "$2"; then
    say "unchanged, $2"
    return
  fi
  CHANGED=yes
  if [[ $DRY_RUN == yes ]]; then
    say "would write $2"
    return
  fi
  install -d -m 755 "$(dirname "$2")"
  install -m 644 "$1" "$2.new"
  mv "$2.new" "$2"
  say "written, $2"
}

remove_path() {
  if [[ -e $1 || -L $1 ]]; then
    act rm -rf "$1"
    did "removed, $1"
  else
    say "unchanged, no $1"
  fi
}

# edit_boot add|remove: show the difference, ask, keep the old file, write.
edit_boot() {
  STEP="boot settings"
  local new=$WORK/config.txt number=1 backup
  if [[ $WITH_BOOT == no || ! -f $BOOT ]]; then
    say "left alone, $BOOT"
    return
  fi
  "$PYTHON" -I "$HERE/boot_settings.py" "$1" "$BOOT" >"$new"
  if cmp -s "$BOOT" "$new"; then
    say "unchanged, $BOOT"
    return
  fi
  say "$BOOT is to change:"
  diff -u --label "$BOOT" --label "$BOOT, new" "$BOOT" "$new" || true
  if [[ $DRY_RUN == yes ]]; then
    say "would write $BOOT and keep a backup beside it"
  elif ask "Write this?"; then
    while [[ -e $BOOT.before-dorsiflex-$number ]]; do number=$((number + 1)); done
    backup=$BOOT.before-dorsiflex-$number
    cp "$BOOT" "$backup"
    cp "$new" "$BOOT.new"
    sync "$BOOT.new"
    mv "$BOOT.new" "$BOOT"
    sync "$BOOT"
    REBOOT=yes
    say "written, $BOOT, backup $backup"
  else
    say "NOT written; without strict_gpiod a crashed program can leave the trigger pin high"
  fi
}
