"""fill_form.py and run_vba.py are run by LibreOffice's own Python; no test process can import what they need."""

collect_ignore = ["fill_form.py", "run_vba.py"]
