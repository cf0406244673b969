"""What is wrong with a data set, one kind of fault a file. Imports nothing heavy."""
