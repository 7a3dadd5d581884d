/* Everything behind one address, for a plain <script type="module">: registers the elements. */
import '../src/ui/wm-diagnostics/wm-diagnostics.define.ts';
import '../src/ui/wm-enroll/wm-enroll.define.ts';
import '../src/ui/wm-readers/wm-readers.define.ts';
