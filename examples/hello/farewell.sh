# Says goodbye. Usage: farewell.sh NAME RUN_ID
echo "Goodbye, $1. Your letters were counted in run $2."
