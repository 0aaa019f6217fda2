"""The commands of `retail-lab`, a module each for those that belong together."""
