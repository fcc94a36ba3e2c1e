# The manuals are valid mdoc(7). Sourced by run.sh.

# Which other manuals are installed here says nothing about ours.
no_complaints() {
    ! mandoc -T lint man/*.8 | grep -v 'referenced manual not found'
}

holds "mandoc has nothing to say about the manuals" no_complaints
