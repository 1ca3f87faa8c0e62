"""A `systemctl` for hosts without systemd: runs real unit files, so that roles which manage units work in the lab."""
