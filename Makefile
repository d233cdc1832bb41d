# Each target brings .venv up to date first; a second start only compares a stamp.
# Paths are relative, so that the course may live in a folder with spaces in its name.
SETUP = @sh tools/setup.sh
BIN = .venv/bin
ARGS =
# Two processes, each with its own files and one thread, so that they do not wait for each other.
TWO = -n 2 --dist loadfile --no-loadscope-reorder
test quick: export OMP_NUM_THREADS = 1
# No questions to a beginner about news, updates or being root in a container; pages of docs/ open to be read.
QUIET = --allow-root --LabApp.app_settings_dir=tools/lab
# Threads that spin for long while they wait are slow beyond measure where another program keeps a core busy.
export GOMP_SPINCOUNT = 20000

.PHONY: help lab demo test quick lint notebooks bench

help: ## list what `make` can do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

lab: ## open the course in JupyterLab (the first start installs it)
	$(SETUP) lab --workbook
	$(BIN)/python -m jupyterlab $(QUIET) --ServerApp.root_dir=. \
		--LabApp.default_url="/lab/tree/$$(ls notebooks/*.ipynb | head -n 1)" $(ARGS)

demo: ## draw 16 digits with the shipped model into demo/
	$(SETUP) lab
	$(BIN)/ddpm-edu sample --data mnist5k --num 16 --steps-to-keep 1000 --out demo

test: ## run every test, notebooks included
	$(SETUP) lab,dev
	$(BIN)/python -m pytest $(TWO) $(ARGS)

quick: ## run the tests that take seconds
	$(SETUP) lab,dev
	$(BIN)/python -m pytest $(TWO) -m "not slow" tests ddpm_edu $(ARGS)

lint: ## check style, and that the generated notebooks match source/
	$(SETUP) lab,dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python tools/build.py --check

notebooks: ## make notebooks/, exercises/ and solutions/ from source/
	$(SETUP) lab,dev
	$(BIN)/python tools/build.py

bench: ## compare with what one would use instead
	$(SETUP) lab,dev,bench
	$(BIN)/python benchmarks/run.py $(ARGS)
