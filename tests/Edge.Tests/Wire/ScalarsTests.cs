using System.Globalization;
using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.Wire;

public sealed class ScalarsTests
{
    [Theory]
    [InlineData("25", "25")]
    [InlineData("-1.50", "-1.50")]
    [InlineData("1e3", "1e3")]
    [InlineData("1E-30", "1E-30")]
    [InlineData("0", "0")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("12345678901234567890.123456789", "12345678901234567890.123456789")]
    [InlineData("+5", "5")]
    [InlineData("007", "7")]
    [InlineData("-007.50", "-7.50")]
    [InlineData("000", "0")]
    [InlineData(".5", "0.5")]
    [InlineData("-.5e1", "-0.5e1")]
    [InlineData("5.", "5")]
    [InlineData("5.e2", "5e2")]
    [InlineData("1e308", "1e308")]
    public void A_number_is_taken_as_written_or_respelt_with_the_same_value(string text, string json)
    {
        Assert.True(JsonNumber.TryRead(Encoding.ASCII.GetBytes(text), new byte[JsonNumber.RoomBytes], out var number));
        Assert.Equal(json, Encoding.ASCII.GetString(number));
        using var document = System.Text.Json.JsonDocument.Parse(number.ToArray());
        Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), document.RootElement.GetDouble());
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e1.5")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("1,5")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("-1e99999999999999999999")]
    [InlineData("1f")]
    public void What_is_no_number_is_refused(string text) =>
        Assert.False(JsonNumber.TryRead(Encoding.ASCII.GetBytes(text), new byte[JsonNumber.RoomBytes], out _));

    [Fact]
    public void The_longest_number_fits_its_room_however_it_is_spelt()
    {
        Assert.True(JsonNumber.TryRead(Encoding.ASCII.GetBytes("." + new string('1', Limits.NumberCharsMax - 1)), new byte[JsonNumber.RoomBytes], out _));
        Assert.False(JsonNumber.TryRead(Encoding.ASCII.GetBytes(new string('1', Limits.NumberCharsMax + 1)), new byte[JsonNumber.RoomBytes], out _));
    }

    [Theory]
    [InlineData("2026-11-20T08:00:00.000Z", "2026-11-20T08:00:00.0000000+00:00")]
    [InlineData("2026-11-20T08:00:00Z", "2026-11-20T08:00:00.0000000+00:00")]
    [InlineData("2026-11-20T08:00Z", "2026-11-20T08:00:00.0000000+00:00")]
    [InlineData("2026-11-20T08:00:00.1+05:30", "2026-11-20T08:00:00.1000000+05:30")]
    [InlineData("2026-11-20T08:00:00.123456789-0800", "2026-11-20T08:00:00.1234567-08:00")]
    [InlineData("2026-11-20T08:00:00+02", "2026-11-20T08:00:00.0000000+02:00")]
    [InlineData("2024-02-29T23:59:59+14:00", "2024-02-29T23:59:59.0000000+14:00")]
    public void A_time_with_its_zone_is_read(string text, string time)
    {
        Assert.True(IsoTime.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(time, read.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-20")]
    [InlineData("2026-11-20T08:00:00")]
    [InlineData("2026-11-20T08:00:00.")]
    [InlineData("2026-11-20T08:00:00.Z")]
    [InlineData("2026-11-20 08:00:00Z")]
    [InlineData("2026-11-20T08:00:00ZZ")]
    [InlineData("2026-11-20T08:00:00+")]
    [InlineData("2026-11-20T08:00:00+1")]
    [InlineData("2026-11-20T08:00:00+01:")]
    [InlineData("2026-11-20T08:00:00+14:01")]
    [InlineData("2026-11-20T08:00:00+01:60")]
    [InlineData("2026-13-20T08:00:00Z")]
    [InlineData("2026-02-29T08:00:00Z")]
    [InlineData("2026-11-00T08:00:00Z")]
    [InlineData("2026-11-20T24:00:00Z")]
    [InlineData("2026-11-20T08:60:00Z")]
    [InlineData("2026-11-20T08:00:60Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("26-11-20T08:00:00Z")]
    [InlineData("2026-1-20T08:00:00Z")]
    public void What_is_no_time_or_has_no_zone_is_refused(string text) => Assert.False(IsoTime.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void A_name_has_none_of_the_characters_that_paths_and_queries_use()
    {
        foreach (var c in ".,*[]()@$/' \t\n\r\0\u007f\u0085\u00a0\u2028\u3000") Assert.False(JsonNames.IsValid(Encoding.UTF8.GetBytes($"a{c}b")), $"{(int)c:x}");
        foreach (var name in (string[])["c8y_Temperature", "a-b:c", "größe", "温度", "a\"b", "a\\b", "{}"]) Assert.True(JsonNames.IsValid(Encoding.UTF8.GetBytes(name)), name);
        Assert.False(JsonNames.IsValid([]));
        Assert.True(JsonNames.IsValid(Encoding.UTF8.GetBytes(new string('ü', Limits.FragmentNameCharsMax))));
        Assert.False(JsonNames.IsValid(Encoding.UTF8.GetBytes(new string('ü', Limits.FragmentNameCharsMax + 1))));
        Assert.False(JsonNames.IsValid(Encoding.UTF8.GetBytes(new string('u', Limits.FragmentNameCharsMax + 1))));
    }
}
