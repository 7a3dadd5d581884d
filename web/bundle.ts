import '../src/ui/wm-readers/wm-readers.define.ts';
