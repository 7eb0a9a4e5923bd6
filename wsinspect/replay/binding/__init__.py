"""Values that one side issues and the other uses: found in a recording, written anew when it is played."""
