"""`python -m console`: the command line, for those who know the interpreter and not the program."""

from console.cli import main

main()
