"""Text for people and from them: lines, lists, progress bars, sizes, durations, names, and standard input."""
