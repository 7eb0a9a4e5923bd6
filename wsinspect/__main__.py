"""`python -m wsinspect` is the `wsinspect` command."""

from wsinspect.cli.main import main

if __name__ == "__main__":
    main(prog_name="wsinspect")
