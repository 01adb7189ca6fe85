"""The desktop add-in: how it is put together, and how it comes onto a PC and off again."""
