/** The example is a file of tests itself: to import it is to run them. */
import '../../examples/testing_a_service.ts'
