"""An emulated Junos router: NETCONF over SSH, a CLI shell and SCP on one port.

`python -m lab.junos --listen 127.0.0.1:8300` serves one router alone (no data plane); the lab starts one per Junos
host with the FRR backend behind it. `docs/lab-junos.md` says what is modelled, what is refused and where the
emulator is known to differ from a router.
"""
