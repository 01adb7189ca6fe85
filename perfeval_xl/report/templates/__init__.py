"""Word templates, built by workbooks/build.py."""
