"""Builds the Cython extensions of ext/ and takes the scenarios along; everything else about the package stands in pyproject.toml."""

import multiprocessing
import os
import shutil
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": True,
}

# What Cython writes into every module that takes arrays, compiled once for all of them: without it compiling takes twice as long.
SHARED = "ext._shared"

# For `make sanitize`: whatever they find ends the process.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


class BuildPy(build_py):
    """Copies the shipped scenarios into the package: `sim/scenario/shipped.py` finds them there, or at the top of a checkout."""

    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copytree("scenarios", os.path.join(self.build_lib, "sim", "scenarios"), dirs_exist_ok=True)


class BuildExt(build_ext):
    """Picks the flags by compiler: contraction off everywhere, so that a kernel rounds as NumPy does."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self):
        msvc = self.compiler.compiler_type == "msvc"
        flags = ["/O2", "/fp:precise"] if msvc else ["-O3", "-g0", "-ffp-contract=off"]
        if os.environ.get("RETAIL_LAB_SANITIZE") and not msvc:
            flags = ["-O1", "-g", "-ffp-contract=off", "-fno-omit-frame-pointer", *SANITIZERS]
        for extension in self.extensions:
            extension.extra_compile_args += flags
            extension.extra_link_args += [flag for flag in flags if flag in SANITIZERS]
        super().build_extensions()

    def build_extension(self, ext):
        """An editable installation takes what was compiled in place; setuptools would compile it again in a folder of its own."""
        built, target = Path(self.get_ext_filename(ext.name)), Path(self.get_ext_fullpath(ext.name))
        current = built.exists() and all(os.path.getmtime(source) <= os.path.getmtime(built) for source in ext.sources)
        if not (self.editable_mode and current):
            return super().build_extension(ext)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(built, target)


def extensions() -> list[Extension]:
    kernels = [
        Extension(
            f"ext.{source.stem}",
            [str(source)],
            include_dirs=[numpy.get_include()],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
        )
        for source in sorted(Path("ext").glob("*.pyx"))
    ]
    return [Extension(SHARED, [f"{SHARED.replace('.', '/')}.c"]), *kernels]


# Processes that are not forked would run this file again.
AT_ONCE = (os.cpu_count() or 1) if multiprocessing.get_start_method() == "fork" else 0

setup(
    ext_modules=cythonize(
        extensions(),
        compiler_directives=DIRECTIVES,
        shared_utility_qualified_name=SHARED,
        quiet="-q" in sys.argv,
        nthreads=AT_ONCE,
    ),
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy},
)
