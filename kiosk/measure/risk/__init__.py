"""`app.py measure risk`: how much of twelve frauds the bank's deep analysis finds in a simulated bank, at what cost to honest people."""
