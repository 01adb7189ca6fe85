"""fill_form.py is run by LibreOffice's own Python; no test process can import what it needs."""

collect_ignore = ["fill_form.py"]
