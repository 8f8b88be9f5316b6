"""Map the top-level folders to the installed namespace package `satvo`."""

from setuptools import find_namespace_packages, setup

FOLDERS = ("schemas", "ingest", "resources", "service")

setup(
    package_dir={f"satvo.{folder}": folder for folder in FOLDERS},
    packages=[
        package
        for folder in FOLDERS
        for package in (
            f"satvo.{folder}",
            *(
                f"satvo.{folder}.{inner}"
                for inner in find_namespace_packages(folder, exclude=["*__pycache__*"])
            ),
        )
    ],
)
