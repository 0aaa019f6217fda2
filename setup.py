"""Builds the Cython extensions of ext/; everything else about the package stands in pyproject.toml."""

import os
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": True,
}


class BuildExt(build_ext):
    """Picks the flags by compiler: contraction off everywhere, so that a kernel rounds as NumPy does."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self):
        msvc = self.compiler.compiler_type == "msvc"
        flags = ["/O2", "/fp:precise"] if msvc else ["-O3", "-g0", "-ffp-contract=off"]
        if os.environ.get("RETAIL_LAB_SANITIZE") and not msvc:
            flags = ["-O1", "-g", "-ffp-contract=off", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"]
        for extension in self.extensions:
            extension.extra_compile_args += flags
            if "-fsanitize=address,undefined" in flags:
                extension.extra_link_args += ["-fsanitize=address,undefined"]
        super().build_extensions()


def extensions() -> list[Extension]:
    return [
        Extension(
            f"ext.{source.stem}",
            [str(source)],
            include_dirs=[numpy.get_include()],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
        )
        for source in sorted(Path("ext").glob("*.pyx"))
    ]


setup(
    ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, quiet="-q" in sys.argv),
    cmdclass={"build_ext": BuildExt},
)
