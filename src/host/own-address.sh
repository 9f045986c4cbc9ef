# Prints the addresses of the connection that this runs over, as sshd tells them: theirs, their port, ours, our port.
printf '%s\n' "${SSH_CONNECTION-}"
