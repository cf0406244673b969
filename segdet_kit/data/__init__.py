"""Data sets as files: generating, checking, converting and previewing them."""
