# Prints a file as it is. Argument: its path.
exec cat -- "$1"
