"""Print the names of the calls that point.c lets fail, for the linker."""
import re
import sys

with open(sys.argv[1], encoding='utf-8') as source:
    text = source.read()
rows = re.findall(r'^POINT(?:_KEEP)?\((?:[^,(]+, )?(\w+),\s+\(', text, re.M)
functions = re.findall(r'^(?:\w+ \**)*\**__wrap_(\w+)\(', text, re.M)
print(*sorted({*rows, *functions}))
