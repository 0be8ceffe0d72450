import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type TextareaHTMLAttributes,
  useId,
} from "react";

import css from "./Field.module.css";
import { classes } from "./classes";

interface Described {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value, in plain words. */
  error?: string | null | undefined;
}

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement>, Described {
  ref?: Ref<HTMLInputElement>;
}

/** What ties an input to its hint and its error for screen readers. */
function describing(id: string, hint: ReactNode, error: ReactNode) {
  const ids = classes(hint ? `${id}-hint` : null, error ? `${id}-error` : null);
  return { "aria-invalid": error ? true : undefined, "aria-describedby": ids || undefined };
}

function Labelled({
  id,
  label,
  hint,
  error,
  className,
  children,
}: Described & { id: string; className?: string | undefined; children: ReactNode }) {
  return (
    <div className={classes(css.field, className)}>
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className={css.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error && (
        <p className={css.error} id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** A labelled text input with its hint and its error. */
export function Field({ label, hint, error, className, id, ...rest }: FieldProps) {
  const made = useId();
  const inputId = id ?? made;
  return (
    <Labelled id={inputId} label={label} hint={hint} error={error} className={className}>
      <input {...rest} id={inputId} className={css.control} {...describing(inputId, hint, error)} />
    </Labelled>
  );
}

export interface TextFieldProps extends TextareaHTMLAttributes<HTMLTextAreaElement>, Described {
  ref?: Ref<HTMLTextAreaElement>;
}

/** The same for several lines; it grows with them where the browser can. */
export function TextField({ label, hint, error, className, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} error={error} className={className}>
      <textarea
        {...rest}
        id={id}
        className={classes(css.control, css.lines)}
        {...describing(id, hint, error)}
      />
    </Labelled>
  );
}

export interface SelectFieldProps extends Described {
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
  disabled?: boolean;
  className?: string | undefined;
}

/** A labelled choice of one. */
export function SelectField({
  label,
  hint,
  error,
  value,
  options,
  onChange,
  disabled,
  className,
}: SelectFieldProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} error={error} className={className}>
      <select
        id={id}
        className={css.control}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
        {...describing(id, hint, error)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
