"""The identity desk's logic. Nothing below this package knows Qt; docs/architecture.md gives the direction of imports."""
