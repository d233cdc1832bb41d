#!/bin/sh
# Gradescope runs this for each submission and reads /autograder/results/results.json.
set -u
export PYTHONPATH=/autograder/source OMP_NUM_THREADS=1
work=$(mktemp -d)
results=/autograder/results
mkdir -p "$results" "$work/submissions/submission"
cp -R /autograder/submission/. "$work/submissions/submission/"

# Lessons and points are those of the course.toml beside the exercises.
cd /autograder/source/exercises || exit 1
/autograder/venv/bin/python -m ddpm_edu grade "$work/submissions" --out "$work/results" \
    --format gradescope >"$work/log" 2>&1
code=$?
cat "$work/log"

if [ -f "$work/results/results.json" ]; then
    cp "$work/results/results.json" "$results/.results.json"
else
    # Without a file a student would read that the autograder failed, and nobody why.
    cat >"$results/.results.json" <<'EOF'
{"score": 0, "output": "Nothing could be judged. If your notebook opens in Jupyter, please tell your teacher.",
 "stdout_visibility": "hidden", "tests": []}
EOF
fi
mv "$results/.results.json" "$results/results.json"
rm -rf "$work"
echo "ddpm-edu grade ended with code $code"
