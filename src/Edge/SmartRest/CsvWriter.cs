using System.Buffers;
using System.Text;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.SmartRest;

/// <summary>How a quote within quotes is written. Readers must know both; the interface documents the first.</summary>
internal enum QuoteEscape : byte
{
    Backslash,
    Doubled,
}

/// <summary>
/// Writes one row for a device. One row is one message: there are clients that split a payload at commas only. Hence a row
/// has no line end.
/// </summary>
/// <remarks>
/// The documented spelling cannot tell a backslash before the closing quote from an escaped quote. It is what devices understand, so
/// it is what they get; a collection of readers that know only doubled quotes can be given those.
/// </remarks>
internal struct CsvWriter(IBufferWriter<byte> output, QuoteEscape escape = QuoteEscape.Backslash)
{
    private bool _hasField;

    public void Field(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Field(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <param name="text">UTF-8.</param>
    public void Field(ReadOnlySpan<byte> text)
    {
        if (_hasField) output.Write(","u8);
        _hasField = true;
        if (!MustQuote(text))
        {
            output.Write(text);
            return;
        }
        output.Write("\""u8);
        for (var quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
        {
            output.Write(text[..quote]);
            output.Write(escape == QuoteEscape.Backslash ? "\\\""u8 : "\"\""u8);
            text = text[(quote + 1)..];
        }
        output.Write(text);
        output.Write("\""u8);
    }

    /// <summary>A whole row of a response template: its id, then the values in the order of its columns.</summary>
    public static void Response(IBufferWriter<byte> output, ResponseTemplate template, IReadOnlyList<string> values, QuoteEscape escape = QuoteEscape.Backslash)
    {
        Check.That(template.Repeats ? values.Count >= template.Columns.Length - 1 : values.Count == template.Columns.Length);
        var row = new CsvWriter(output, escape);
        row.Field(template.Id);
        foreach (var value in values) row.Field(value);
    }

    /// <summary>
    /// The line on s/e: code, message id, text. The text is the rest of the line, commas and all, and never quoted: that is how
    /// the interface shows it. What the client wrote may stand in it, so that line breaks become spaces.
    /// </summary>
    public static void ErrorLine(IBufferWriter<byte> output, RowError error)
    {
        var row = new CsvWriter(output);
        row.Field(error.CodeText);
        row.Field(error.MessageId);
        var text = error.Text.Length <= Limits.EchoedValueCharsMax * 10 ? error.Text : error.Text[..(Limits.EchoedValueCharsMax * 10)];
        output.Write(","u8);
        output.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings(" ")));
    }

    private static bool MustQuote(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && (text.ContainsAny("\",\r\n\t"u8) || IsWhite(text[0]) || IsWhite(text[^1]));

    private static bool IsWhite(byte b) => b is (byte)' ' or (byte)'\v' or (byte)'\f';
}
