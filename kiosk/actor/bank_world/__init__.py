"""A simulated bank: branches, stations, tellers, customers with families and bad days, and twelve ways to defraud it.

It makes cases as a station would record them, as columns of numbers; it knows nothing of how they are analysed. Every person, face,
document, phone and address is a number. Groups of people (age, sex, nationality) exist here alone, to count wrong referrals by group.
"""
