# make demo | test | lab | bench | site   each makes its own virtual environment and builds the extensions first
# make platforms              installs Vendure and django-oscar into the user's cache folder, for the tests that start them
# make venv | lint | sanitize | clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q --no-compile -c constraints.txt
KERNELS := $(wildcard ext/*.pyx ext/*.pxd) setup.py

# Where a shell forbids bytecode, every program that a test starts would compile the lab anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lab bench site platforms venv install lint sanitize clean

demo: venv
	$(BIN)/retail-lab demo

# Without reordering, for tests/conftest.py has put the longest files first.
test: lint
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder tests

lab: venv
	$(BIN)/jupyter lab notebooks

bench: venv
	$(BIN)/python -m benchmarks

site: venv
	$(BIN)/python docs/site/build.py

platforms: venv
	$(BIN)/python -m loadtests.platforms install

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

venv: $(VENV)/.built

# Installing builds the extensions too; later a changed kernel is all that is built.
$(VENV)/.built: pyproject.toml constraints.txt $(KERNELS)
	@$(if $(filter %.toml %.txt,$?),$(MAKE) -s install,$(BIN)/python setup.py -q build_ext --inplace)
	@touch $@

# Not compiled, for a third of the modules is ever imported. Without pip's isolated build, which would fetch other versions than those of
# constraints.txt. The third line fetches packages while the kernels are compiled; what fails there, the last one meets again.
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "retail-lab needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian, apt install python3-venv"; exit 1; }
	@echo "installing into $(VENV) (some minutes the first time)"
	@$(PIP) setuptools cython numpy
	@$(PIP) -r constraints.txt & $(BIN)/python setup.py -q build_ext --inplace; wait
	@$(PIP) --no-build-isolation -e '.[loadtests,notebooks,dashboard,pdf,planning,cluster,site,dev]' || \
	  { echo "the installation failed: a C compiler and Python's headers are needed"; exit 1; }

# The kernels built with AddressSanitizer and UBSan, beside the ordinary ones, under their tests.
sanitize: venv
	RETAIL_LAB_SANITIZE=1 $(BIN)/python setup.py -q build_ext --build-lib build/sanitized --build-temp build/sanitized/objects
	cp ext/*.py build/sanitized/ext/
	LD_PRELOAD=$$(cc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 PYTHONPATH=build/sanitized \
	  $(BIN)/python -P -m pytest -q -p no:cacheprovider tests/ext

clean:
	rm -rf build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f ext/*.c ext/*.so ext/*.html $(VENV)/.built
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
