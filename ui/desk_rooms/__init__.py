"""The pages of the teller's window beside the cases, one module each."""
