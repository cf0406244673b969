"""The kit's own components. They enter by the plugin door, as everybody's do."""
