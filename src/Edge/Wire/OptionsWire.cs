using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>An option, of the platform or of a tenant.</summary>
/// <param name="Value">Null where the reader may know that there is one and not what it is.</param>
/// <param name="Editable">Whether the tenant may change it; the platform's have no such member.</param>
internal sealed record OptionWire(string Category, string Key, string? Value, string Self, bool? Editable = null)
{
    public static OptionWire From(SystemOption option, Links links) => new(option.Category, option.Key, option.Value, links.SystemOption(option.Category, option.Key));

    public static OptionWire From(TenantOption option, Links links) =>
        new(option.Category, option.Key, option.Value, links.TenantOption(option.Category, option.Key), option.IsEditable);

    /// <summary>A value as clients write one: a text, mostly.</summary>
    public static OptionSetting ToSetting(JsonBody body, string key, string member) =>
        new(key, body.TextOrNumber(member) ?? throw Refusal.Missing(member));

    /// <summary>Whether an option may be edited, which clients write as a text too.</summary>
    public static bool ToEditable(JsonBody body)
    {
        body.Require("editable");
        return body.TextOrFlag("editable") is { } text && bool.TryParse(text, out var flag) ? flag : throw body.Invalid("editable must be true or false.");
    }
}

internal sealed record OptionCollectionWire : PageWire
{
    private OptionCollectionWire(PageWire frame, IReadOnlyList<OptionWire> rows) : base(frame) => Options = rows;

    public IReadOnlyList<OptionWire> Options { get; }

    public static OptionCollectionWire From(PageWire frame, Page<OptionWire> page) => new(frame, page.Items);
}

/// <summary>The options of one category: each value under its key.</summary>
[JsonConverter(typeof(AsObject))]
internal sealed record OptionsOfCategoryWire(IReadOnlyList<TenantOption> Options)
{
    internal sealed class AsObject : WriteOnlyConverter<OptionsOfCategoryWire>
    {
        public override void Write(Utf8JsonWriter writer, OptionsOfCategoryWire value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var option in value.Options) writer.WriteString(option.Key, option.Value);
            writer.WriteEndObject();
        }
    }

    public static IReadOnlyList<OptionSetting> To(JsonBody body)
    {
        if (body.Count > Limits.OptionsPerTenantMax) throw body.Invalid($"A tenant has at most {Limits.OptionsPerTenantMax} options.");
        return [.. body.Names.Select(key => OptionWire.ToSetting(body, key, key))];
    }
}
