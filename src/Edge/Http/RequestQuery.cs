using System.Globalization;
using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>The parameters of a request's query, read by the interface's rules; one that breaks them is refused by name (422).</summary>
internal readonly struct RequestQuery(HttpRequest request, Route route)
{
    private readonly IQueryCollection _values = request.Query;
    private readonly string _subject = route.Subject;

    /// <summary>The parameter's first value, or null when it is absent or empty.</summary>
    public string? Text(string name)
    {
        // What is not described would be read in secret.
        Check.That(route.Description.Reads(name));
        return _values[name] is { Count: > 0 } values && !string.IsNullOrEmpty(values[0]) ? values[0] : null;
    }

    public bool Flag(string name, bool whenAbsent = false) => Text(name) is not { } text ? whenAbsent
        : bool.TryParse(text, out var flag) ? flag : throw Invalid(name, "true or false", text);

    /// <summary>All values: a parameter may be repeated and each may hold several, separated by commas.</summary>
    public IReadOnlyList<string>? List(string name)
    {
        if (Text(name) is null) return null;
        var items = new List<string>();
        foreach (var value in _values[name])
            items.AddRange((value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return items.Count <= Limits.PageSizeMax ? items : throw Refusal.Invalid(_subject, $"{name} holds at most {Limits.PageSizeMax} values.");
    }

    /// <summary>An id, or null when the parameter is absent. What can name no object is kept as an id that no object has.</summary>
    public ObjectId? Id(string name) => Text(name) is not { } text ? null : ObjectId.TryParse(text, out var id) ? id : default(ObjectId);

    /// <summary>Ids, without those that can name no object.</summary>
    public IReadOnlyList<ObjectId>? Ids(string name) =>
        List(name)?.Select(text => ObjectId.TryParse(text, out var id) ? id : default).Where(id => id != default).Distinct().ToList();

    /// <summary>The first moment that the parameter admits: a date alone begins at midnight, and without a zone it is UTC.</summary>
    public DateTimeOffset? From(string name) => Time(name, ofDate: TimeSpan.Zero);

    /// <summary>The last moment that the parameter admits, itself included: a date alone ends with its last millisecond.</summary>
    public DateTimeOffset? To(string name) => Time(name, ofDate: TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));

    /// <summary>Which page is wanted. Sizes over the limit are trimmed to it, as the interface promises.</summary>
    public PageRequest Page()
    {
        var size = Whole("pageSize", Limits.PageSizeDefault, least: 0);
        var number = Whole("currentPage", 1, least: 1);
        return new PageRequest(number, Math.Min(size, Limits.PageSizeMax), Flag("withTotalPages") | Flag("withTotalElements"));
    }

    public Refusal Refused(string name, string text) => Refusal.Invalid(_subject, $"{name}: {text}");

    private int Whole(string name, int whenAbsent, int least)
    {
        if (Text(name) is not { } text) return whenAbsent;
        var isNumber = text.Length <= 19 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
        if (!isNumber || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < least)
            throw Invalid(name, $"a whole number from {least}", text);
        return (int)Math.Min(value, int.MaxValue);
    }

    private DateTimeOffset? Time(string name, TimeSpan ofDate)
    {
        if (Text(name) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue).Add(ofDate), TimeSpan.Zero);
        // A plus that a client did not escape arrives as a space.
        var spelt = Encoding.UTF8.GetBytes(text.Replace(' ', '+'));
        if (IsoTime.TryParse(spelt, out var time) || IsoTime.TryParse([.. spelt, (byte)'Z'], out time)) return time;
        throw Invalid(name, "a date or time, as in 2026-11-20 or 2026-11-20T08:00:00.000Z", text);
    }

    private Refusal Invalid(string name, string wanted, string given) =>
        Refusal.Invalid(_subject, $"{name} must be {wanted}, and not '{Said.Short(given)}'.");
}
