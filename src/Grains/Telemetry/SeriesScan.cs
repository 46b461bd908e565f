using System.Text;
using System.Text.Json;

namespace Bailiwick.Grains.Telemetry;

/// <summary>
/// Walks over the values in a measurement's members (<c>"c8y_T":{"T":{"value":25,"unit":"C"}}</c>, a run without braces) where they lie.
/// Whatever is no series with a number is passed over. It makes no garbage unless a name is written with escapes.
/// </summary>
internal ref struct SeriesScan
{
    // The run has no braces around it: the reader is told that it has passed the first one.
    private static readonly JsonReaderState Within = BehindBrace();
    private Utf8JsonReader _reader;
    private bool _isInFragment;

    public SeriesScan(ReadOnlySpan<byte> members) => _reader = new Utf8JsonReader(members, isFinalBlock: false, Within);

    /// <summary>The fragment's name in UTF-8.</summary>
    public ReadOnlySpan<byte> Fragment { get; private set; }

    /// <summary>The series' name in UTF-8.</summary>
    public ReadOnlySpan<byte> Series { get; private set; }

    public double Value { get; private set; }

    /// <summary>The unit in UTF-8; empty where there is none.</summary>
    public ReadOnlySpan<byte> Unit { get; private set; }

    /// <summary>Goes to the next value; false when there is none.</summary>
    public bool Next()
    {
        while (_isInFragment || EnterFragment())
        {
            if (!_reader.Read()) return false;
            if (_reader.TokenType == JsonTokenType.EndObject)
            {
                _isInFragment = false;
                continue;
            }
            Series = Text();
            if (!_reader.Read()) return false;
            if (_reader.TokenType == JsonTokenType.StartObject)
            {
                if (ReadValue()) return true;
            }
            else if (!_reader.TrySkip()) return false;
        }
        return false;
    }

    private bool EnterFragment()
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            Fragment = Text();
            if (!_reader.Read()) return false;
            if (_reader.TokenType == JsonTokenType.StartObject) return _isInFragment = true;
            if (!_reader.TrySkip()) return false;
        }
        return false;
    }

    private bool ReadValue()
    {
        var hasValue = false;
        Unit = default;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isValue = _reader.ValueTextEquals("value"u8);
            var isUnit = _reader.ValueTextEquals("unit"u8);
            if (!_reader.Read()) return false;
            if (isValue && _reader.TokenType == JsonTokenType.Number && _reader.TryGetDouble(out var value) && double.IsFinite(value)) (Value, hasValue) = (value, true);
            else if (isUnit && _reader.TokenType == JsonTokenType.String) Unit = Text();
            else if (!_reader.TrySkip()) return false;
        }
        return hasValue;
    }

    private readonly ReadOnlySpan<byte> Text() => _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(_reader.GetString()!) : _reader.ValueSpan;

    private static JsonReaderState BehindBrace()
    {
        var reader = new Utf8JsonReader("{"u8, isFinalBlock: false, default);
        reader.Read();
        return reader.CurrentState;
    }
}
