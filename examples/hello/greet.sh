# Says hello. Usage: greet.sh NAME
echo "Hello, $1!"
