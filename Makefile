# Each target but `try` brings .venv up to date first; a second start only compares a stamp.
# Paths are relative, so that the course may live in a folder with spaces in its name.
SETUP = @sh tools/setup.sh
BIN = .venv/bin
ARGS =
# `make lab CPU=1` installs torch without CUDA, which takes a tenth of the disk.
export CPU
# Two processes, each with its own files and one thread, so that they do not wait for each other.
TWO = -n 2 --dist loadfile --no-loadscope-reorder
test quick: export OMP_NUM_THREADS = 1

.PHONY: help lab update demo test quick try lint notebooks bench

help: ## list what `make` can do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

lab: ## open the course in JupyterLab (the first start installs it)
	$(SETUP) lab
	$(BIN)/python -m ddpm_edu lab $(ARGS)

update: ## bring a new version of the course; your answers stay
	$(SETUP) lab
	$(BIN)/python -m ddpm_edu update $(ARGS)
	$(SETUP) lab

demo: ## draw 16 digits with the shipped model into demo/
	$(SETUP) lab
	$(BIN)/python -m ddpm_edu sample --data mnist5k --num 16 --steps-to-keep 1000 --out demo

test: ## run every test, notebooks included
	$(SETUP) lab,dev
	$(BIN)/python -m pytest $(TWO) $(ARGS)

quick: ## run the tests that take seconds
	$(SETUP) lab,dev
	$(BIN)/python -m pytest $(TWO) -m "not slow" tests ddpm_edu $(ARGS)

try: ## install the wheel and run `quick` with another Python: make try PYTHON=python3.13
	@sh tools/try_python.sh "$(PYTHON)"

lint: ## check style and types, and that the generated notebooks match source/
	$(SETUP) lab,dev,lint
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/basedpyright --level error
	$(BIN)/python -m tools.build --check

notebooks: ## make notebooks/, exercises/, solutions/ and tables from source/
	$(SETUP) lab,dev
	$(BIN)/python -m tools.build
	$(BIN)/python -m tools.catalogue

bench: ## compare with what one would use instead
	$(SETUP) lab,dev,bench
	$(BIN)/python benchmarks/run.py $(ARGS)
