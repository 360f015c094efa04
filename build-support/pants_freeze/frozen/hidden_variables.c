/* Hides the variables of Python from the interpreter in a program that Nuitka has made, which would
   heed PYTHONPATH, PYTHONINSPECT, PYTHONDEVMODE and others. `frozen/nuitka.py` gives them back, for
   the programs that this one starts. The prefix is also there. */

#include <stdlib.h>
#include <string.h>

#define HIDDEN "_PANTS_FREEZE_HIDDEN_"

extern char **environ;

__attribute__((constructor)) static void hide_variables(void) {
  for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
    if (strncmp(*variable, "PYTHON", strlen("PYTHON")) == 0) {
      char *hidden = malloc(strlen(HIDDEN) + strlen(*variable) + 1);
      if (hidden == NULL) {
        abort();
      }
      strcpy(hidden, HIDDEN);
      strcat(hidden, *variable);
      *variable = hidden;
    }
  }
}
