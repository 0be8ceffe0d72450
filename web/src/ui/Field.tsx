import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";

import css from "./Field.module.css";
import { classes } from "./classes";

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value, in plain words. */
  error?: string | null | undefined;
  ref?: Ref<HTMLInputElement>;
}

/** A labelled text input with its hint and its error. */
export function Field({ label, hint, error, className, id, ...rest }: FieldProps) {
  const made = useId();
  const inputId = id ?? made;
  return (
    <div className={classes(css.field, className)}>
      <label htmlFor={inputId}>{label}</label>
      {hint && (
        <p className={css.hint} id={`${inputId}-hint`}>
          {hint}
        </p>
      )}
      <input
        {...rest}
        id={inputId}
        className={css.control}
        aria-invalid={error ? true : undefined}
        aria-describedby={
          classes(hint ? `${inputId}-hint` : null, error ? `${inputId}-error` : null) || undefined
        }
      />
      {error && (
        <p className={css.error} id={`${inputId}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

export interface SelectFieldProps {
  label: ReactNode;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
  disabled?: boolean;
  className?: string | undefined;
}

/** A labelled choice of one. */
export function SelectField({ label, value, options, onChange, disabled, className }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={classes(css.field, className)}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={css.control}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
