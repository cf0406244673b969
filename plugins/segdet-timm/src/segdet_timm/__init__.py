"""timm's backbones for segdet-kit."""
