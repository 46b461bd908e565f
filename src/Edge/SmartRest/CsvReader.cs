using System.Buffers;
using System.Text.Unicode;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.SmartRest;

/// <summary>What the reader found.</summary>
internal enum CsvRead : byte
{
    /// <summary>Nothing is left.</summary>
    End,
    /// <summary>A row, in <see cref="CsvReader.Row"/>.</summary>
    Row,
    /// <summary>A row that cannot be understood; <see cref="CsvReader.Fault"/> says why, and the next line is read as usual.</summary>
    Malformed,
}

/// <summary>Why a row cannot be understood.</summary>
internal enum CsvFault : byte
{
    None,
    UnclosedQuote,
    TextAfterQuote,
    NotUtf8,
    TooManyFields,
    /// <summary>The rows past the limit are not read at all.</summary>
    TooManyRows,
}

/// <summary>
/// Splits a payload into rows and fields by the interface's rules: a comma between fields, LF or CRLF between rows, quotes around
/// a field with a comma, a quote, a line break or outer white space. A quote within quotes is written <c>\"</c> or <c>""</c>; clients
/// send both. A line break within quotes is data, while backslash and n stay two characters. Empty lines are no rows.
/// </summary>
/// <remarks>
/// White space around a field is dropped unless it is quoted (for that is what the quotes are for). Nothing is copied but
/// fields that hold an escaped quote. Dispose of it: it rents its room.
/// </remarks>
internal ref struct CsvReader
{
    private const int FieldsAtFirst = 64;

    private readonly ReadOnlySpan<byte> _payload;
    private CsvField[] _fields;
    private byte[]? _unescaped;
    private int _unescapedBytes;
    private int _at;
    private int _count;
    private int _rows;

    public CsvReader(ReadOnlySpan<byte> payload)
    {
        _payload = payload;
        _fields = ArrayPool<CsvField>.Shared.Rent(FieldsAtFirst);
    }

    /// <summary>The row just read. Its fields are gone when the next is read.</summary>
    public readonly CsvRow Row => new(_payload, _unescaped, _fields.AsSpan(0, _count));

    public CsvFault Fault { get; private set; }

    /// <summary>What stands before the first comma of a malformed row: most likely its message id.</summary>
    public ReadOnlySpan<byte> MalformedId { get; private set; }

    public CsvRead Read()
    {
        while (_at < _payload.Length && _payload[_at] is (byte)'\n' or (byte)'\r') _at++;
        if (_at >= _payload.Length) return CsvRead.End;

        var start = _at;
        if (++_rows > Limits.CsvRowsPerPayloadMax)
        {
            Fault = CsvFault.TooManyRows;
            MalformedId = default;
            _at = _payload.Length;
            return CsvRead.Malformed;
        }
        _count = 0;
        _unescapedBytes = 0;
        Fault = SplitRow();
        if (Fault == CsvFault.None && !Utf8.IsValid(_payload[start.._at])) Fault = CsvFault.NotUtf8;
        if (Fault == CsvFault.None)
        {
            // Clients drop trailing empty fields as they like, so that their number means nothing.
            while (_count > 0 && _fields[_count - 1].Length == 0) _count--;
            return CsvRead.Row;
        }

        // Where the row was meant to end is anyone's guess, but it cannot have been before its first line did.
        var line = _payload[start..];
        var lineEnd = line.IndexOf((byte)'\n');
        _at = lineEnd < 0 ? _payload.Length : start + lineEnd + 1;
        line = lineEnd < 0 ? line : line[..lineEnd];
        MalformedId = line[..Math.Max(0, line.IndexOf((byte)','))].Trim(" \t\""u8);
        return CsvRead.Malformed;
    }

    public void Dispose()
    {
        ArrayPool<CsvField>.Shared.Return(_fields);
        if (_unescaped is not null) ArrayPool<byte>.Shared.Return(_unescaped);
        _unescaped = null;
        _fields = [];
    }

    /// <summary>Reads fields up to the end of the row and leaves <see cref="_at"/> behind it.</summary>
    private CsvFault SplitRow()
    {
        while (true)
        {
            if (_count == Limits.CsvFieldsPerRowMax) return CsvFault.TooManyFields;
            SkipBlanks();
            if (_at < _payload.Length && _payload[_at] == (byte)'"')
            {
                var fault = QuotedField();
                if (fault != CsvFault.None) return fault;
            }
            else PlainField();

            if (_at >= _payload.Length) return CsvFault.None;
            if (_payload[_at++] == (byte)'\n') return CsvFault.None;
        }
    }

    private void SkipBlanks()
    {
        while (_at < _payload.Length && _payload[_at] is (byte)' ' or (byte)'\t') _at++;
    }

    /// <summary>Leaves <see cref="_at"/> on the comma or LF that ends the field, or at the end.</summary>
    private void PlainField()
    {
        var rest = _payload[_at..];
        var length = rest.IndexOfAny((byte)',', (byte)'\n');
        if (length < 0) length = rest.Length;
        Add(_at, rest[..length].TrimEnd(" \t\r"u8).Length, isUnescaped: false);
        _at += length;
    }

    /// <summary>As <see cref="PlainField"/>; begins on the opening quote.</summary>
    private CsvFault QuotedField()
    {
        var from = ++_at;
        var unescapedFrom = -1;
        while (true)
        {
            var quote = _payload[_at..].IndexOf((byte)'"');
            if (quote < 0) return CsvFault.UnclosedQuote;
            quote += _at;
            var isBackslashed = quote > from && _payload[quote - 1] == (byte)'\\';
            var isDoubled = !isBackslashed && quote + 1 < _payload.Length && _payload[quote + 1] == (byte)'"';
            if (!isBackslashed && !isDoubled)
            {
                if (unescapedFrom < 0) Add(from, quote - from, isUnescaped: false);
                else
                {
                    Unescape(_payload[from..quote]);
                    Add(unescapedFrom, _unescapedBytes - unescapedFrom, isUnescaped: true);
                }
                _at = quote + 1;
                return AfterQuote();
            }

            if (unescapedFrom < 0) unescapedFrom = _unescapedBytes;
            Unescape(_payload[from..(isBackslashed ? quote - 1 : quote)]);
            Unescape("\""u8);
            from = _at = isBackslashed ? quote + 1 : quote + 2;
        }
    }

    private CsvFault AfterQuote()
    {
        while (_at < _payload.Length && _payload[_at] is (byte)' ' or (byte)'\t' or (byte)'\r') _at++;
        return _at >= _payload.Length || _payload[_at] is (byte)',' or (byte)'\n' ? CsvFault.None : CsvFault.TextAfterQuote;
    }

    /// <summary>What is unescaped only gets shorter, so that room for the payload is room for all of a row.</summary>
    private void Unescape(ReadOnlySpan<byte> text)
    {
        _unescaped ??= ArrayPool<byte>.Shared.Rent(_payload.Length);
        text.CopyTo(_unescaped.AsSpan(_unescapedBytes));
        _unescapedBytes += text.Length;
    }

    private void Add(int start, int length, bool isUnescaped)
    {
        if (_count == _fields.Length)
        {
            var larger = ArrayPool<CsvField>.Shared.Rent(_count * 2);
            _fields.CopyTo(larger, 0);
            ArrayPool<CsvField>.Shared.Return(_fields);
            _fields = larger;
        }
        _fields[_count++] = new CsvField(start, length, isUnescaped);
    }
}

/// <summary>Where a field stands: in the payload, or where its escapes were taken out.</summary>
internal readonly record struct CsvField(int Start, int Length, bool IsUnescaped);

/// <summary>The fields of one row. A field after the last one given is empty.</summary>
internal readonly ref struct CsvRow(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> unescaped, ReadOnlySpan<CsvField> fields)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private readonly ReadOnlySpan<byte> _unescaped = unescaped;
    private readonly ReadOnlySpan<CsvField> _fields = fields;

    /// <summary>Without trailing empty fields.</summary>
    public int Count => _fields.Length;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (index >= _fields.Length) return default;
            var field = _fields[index];
            return (field.IsUnescaped ? _unescaped : _payload).Slice(field.Start, field.Length);
        }
    }
}
