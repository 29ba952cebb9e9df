"""``python -m kwus_extract`` is the command ``kwus-extract``."""

from kwus_extract.cli import main

if __name__ == "__main__":
    main()
