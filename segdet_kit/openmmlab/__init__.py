"""All contact with OpenMMLab's global state: operators, runners, checkpoints."""
