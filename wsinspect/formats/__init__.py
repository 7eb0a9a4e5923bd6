"""What captures are turned into for programs: JSON records and, later, other tools' files."""
