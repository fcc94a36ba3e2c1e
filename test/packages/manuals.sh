# The manuals are valid mdoc(7). Sourced by run.sh.

# It does not matter which other manuals are installed here.
no_complaints() {
    ! mandoc -T lint man/*.[58] | grep -v 'referenced manual not found'
}

holds "mandoc has no complaints about the manuals" no_complaints
