#!/bin/sh
# Gradescope runs this for each submission and reads /autograder/results/results.json.
set -u
export PYTHONPATH=/autograder/source OMP_NUM_THREADS=1
work=$(mktemp -d)
results=/autograder/results
mkdir -p "$results" "$work/submissions/submission"
cp -R /autograder/submission/. "$work/submissions/submission/"
# Lessons and points are those of the course.toml that was handed out, not of a student's.
cp /autograder/source/exercises/course.toml "$work/submissions/course.toml"

# torch and the judge take about 400 MB of the 768 MB that a container has.
cd "$work" || exit 1
/autograder/venv/bin/python -m ddpm_edu grade "$work/submissions" --out "$work/results" \
    --memory 256MiB --format gradescope >"$work/log" 2>&1
code=$?
cat "$work/log"

found=$work/results/gradescope/submission/results.json
if [ -f "$found" ]; then
    cp "$found" "$results/.results.json"
else
    # Without a file a student would read that the autograder failed, and nobody why.
    cat >"$results/.results.json" <<'EOF'
{"score": 0, "output": "Nothing could be judged. If your notebook opens in Jupyter, please tell your teacher.",
 "stdout_visibility": "hidden", "tests": []}
EOF
fi
mv "$results/.results.json" "$results/results.json"
cd / && rm -rf "$work"
echo "ddpm-edu grade ended with code $code"
