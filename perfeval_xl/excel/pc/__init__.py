"""A Windows PC as the installer and the doctor meet it: folders, registry, and a journal of what was changed. Standard library only.

The offline installer imports these modules from the wheel, before anything is installed.
"""
