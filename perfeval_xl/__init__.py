"""perfeval_xl: 预算绩效自评, read, scored and traced."""

__version__ = "0.1.0"
