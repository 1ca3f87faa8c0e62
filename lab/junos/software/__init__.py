"""Software of an emulated router: packages, what is installed, and how an installation goes."""

from lab.junos.software.image import Image, Software
from lab.junos.software.installer import AddOptions, Installer, Outcome
from lab.junos.software.package import Package, PackageError, read, write

__all__ = ["AddOptions", "Image", "Installer", "Outcome", "Package", "PackageError", "Software", "read", "write"]
