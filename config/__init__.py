"""Every tunable value: its unit, range, one-line meaning and default; TOML in, Settings out."""
