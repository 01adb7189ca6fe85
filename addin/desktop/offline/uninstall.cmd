@echo off
rem Uninstalls with the Python of this bundle, which is not the one that goes. ASCII only.
"%~dp0install.cmd" --uninstall
