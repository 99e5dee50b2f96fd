"""The page of a payment as a case file: who pays and what for, the state in words and the next
step, what staff can do, and everything that happened."""
